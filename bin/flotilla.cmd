@echo off
setlocal
set "FLOTILLA_NODE=%~dp0..\node_modules\node\bin\node.exe"
if not exist "%FLOTILLA_NODE%" set "FLOTILLA_NODE=node"
"%FLOTILLA_NODE%" "%~dp0run.js" %*
