import subprocess
import sys


def test_googles_library_loads_beside_pulumis() -> None:
    """Both bring a message named google.rpc.Status, and a deployment delivers to Google from the process that has Pulumi's."""
    code = "import provider.server, delivery.google; print(delivery.google.deliver.__name__)"

    loaded = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)

    assert loaded.stdout == "deliver\n", loaded.stderr
