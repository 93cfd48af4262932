// node run.mjs PREPARED TOP SCRIPT ARGUMENT...: runs a Python script inside Pyodide, with the repository and the
// packages of the folder that prepare.py made as they lie on disk. What the script exits with is what node exits with.
import { pathToFileURL } from "node:url";

const [prepared, top, ...argv] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${prepared}/core/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${prepared}/core/` });
for (const [folder, root] of Object.entries({ "/metakit": top, "/packages": `${prepared}/site` })) {
  python.FS.mkdirTree(folder);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, folder);
}
python.globals.set("argv", python.toPy(argv));
const code = await python.runPythonAsync(`
import os, runpy, sys, traceback
os.chdir("/metakit")
sys.path[:0] = ["/metakit", "/packages"]
# Compiled modules are kept beside the packages: nothing is left in the repository, and the next start is faster.
sys.dont_write_bytecode, sys.pycache_prefix = False, "/packages/__pycache__"
sys.argv, code = argv, 0
try:
    runpy.run_path(argv[0], run_name="__main__")
except SystemExit as end:
    code = end.code if isinstance(end.code, int) else int(end.code is not None)
except Exception:
    traceback.print_exc()
    code = 1
sys.stdout.flush()
sys.stderr.flush()
code
`);
process.exit(code);
