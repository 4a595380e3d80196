import type { Authority } from '../pki/authority.ts'
