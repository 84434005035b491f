"""If cffi is missing or cannot be loaded, the import error says what to do."""

from __future__ import annotations

import sys

import pytest

from tests.support import PATIENCE, ROOT, finish, python


@pytest.mark.parametrize("module", ["interprocess.local_socket", "interprocess.unnamed_pipe"])
def test_not_installed(module: str) -> None:
    code = f"""if True:
        import sys
        sys.modules["_cffi_backend"] = None
        try:
            import {module}
        except ModuleNotFoundError as error:
            print(error, error.name)
    """
    with python(code) as process:
        text = finish(process)
    assert 'pip install "cffi>=1.17"' in text
    assert "_cffi_backend" in text


def test_the_command_line_says_so_in_a_line() -> None:
    code = """if True:
        import sys
        sys.modules["_cffi_backend"] = None
        from interprocess.__main__ import main
        sys.exit(main(["connect", "x"]))
    """
    with python(code, stderr=-1) as process:
        output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (1, b"")
    (line,) = errors.decode().splitlines()
    assert line.startswith("interprocess connect: ")
    assert "pip install" in line


def test_another_error_of_cffi_stays() -> None:
    code = """if True:
        import sys
        class Broken:
            def find_spec(self, name, path=None, target=None):
                if name == "_cffi_backend":
                    raise ImportError("libffi.so.8: cannot open shared object file")
        sys.meta_path.insert(0, Broken())
        try:
            import interprocess.local_socket
        except ImportError as error:
            print(error)
    """
    with python(code) as process:
        assert finish(process).strip() == "libffi.so.8: cannot open shared object file"


REFUSING = """if True:
    import sys
    class Refusing:
        def find_spec(self, name, path=None, target=None):
            if name == "_cffi_backend":
                text = f"module {name} does not support loading in subinterpreters"
                raise ImportError(text, name=name)
    sys.meta_path.insert(0, Refusing())
    try:
        import interprocess.local_socket
    except ImportError as error:
        print(error)
"""

IN_A_SUBINTERPRETER = f"""if True:
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    code = '''if True:
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        try:
            import interprocess.local_socket
        except ImportError as error:
            print(error, flush=True)
    '''
    interpreter = interpreters.create()
    interpreters.run_string(interpreter, code)
    interpreters.destroy(interpreter)
"""


@pytest.mark.parametrize("kind", ["imitated", "real"])
def test_in_an_isolated_subinterpreter(kind: str) -> None:
    real = sys.implementation.name == "cpython" and sys.version_info >= (3, 12)
    if kind == "real" and not real:
        pytest.skip("before, cffi was not refused")
    with python(REFUSING if kind == "imitated" else IN_A_SUBINTERPRETER) as process:
        assert "isolated sub-interpreter: use interprocess in the main" in finish(process)
