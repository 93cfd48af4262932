"""What a Jupyter server loads of metakit: quick answers to sliders, and the kernel of its own Python.

Loaded as a server extension wherever metakit is installed (JupyterLab, Notebook, hubs), so that a server without
metakit never meets its name. Never imported by a lesson.
"""

from typing import Any

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec, KernelSpecManager
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class NoDelay(ZMQChannelsWebsocketConnection):
    """A kernel connection that sends each small message at once.

    Jupyter Server leaves Nagle's algorithm on, which holds small messages back: an empty round trip takes
    64 ms on localhost with it and 17 ms without.
    """

    def connect(self) -> Any:  # the classes above disagree on what they return
        """Connect as usual, with the delay switched off first."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()


class OwnKernel(KernelSpecManager):
    """Kernels by name, where ``python3`` is the Python that the server runs in: the one that has metakit.

    As Jupyter has it, a ``python3`` that another environment has left in the home folder may go before.
    """

    def find_kernel_specs(self) -> dict[str, str]:
        """Find the folders of all kernels, by name."""
        return super().find_kernel_specs() | {NATIVE_KERNEL_NAME: RESOURCES}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Tell how to start a kernel."""
        if kernel_name.lower() == NATIVE_KERNEL_NAME:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())
        return super().get_kernel_spec(kernel_name)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Switch the delay off, unless the server was told to connect in another way."""
    if app.kernel_websocket_connection_class is ZMQChannelsWebsocketConnection:
        app.kernel_websocket_connection_class = NoDelay
        app.web_app.settings["kernel_websocket_connection_class"] = NoDelay
