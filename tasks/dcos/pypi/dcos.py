"""Starts dcoscli 0.6.1, which was written for Python 3.6, on a current one. The launcher beside it runs this file."""

import collections
import collections.abc
import importlib.util
import os
import pkgutil
import sys
import types

# Since Python 3.10 these are in collections.abc alone.
for name in collections.abc.__all__:
    if not hasattr(collections, name):
        setattr(collections, name, getattr(collections.abc, name))

# setuptools gave up pkg_resources, of which dcoscli wants one function; without the rest it starts in half the time.
resources = types.ModuleType("pkg_resources")
resources.resource_string = pkgutil.get_data
sys.modules["pkg_resources"] = resources

# Since Python 3.12 there is no distutils; dcoscli compares the version of virtualenv with it.
if importlib.util.find_spec("distutils") is None:

    class LooseVersion:
        def __init__(self, text):
            self.parts = [int(part) for part in text.split(".") if part.isdigit()]

        def __gt__(self, other):
            return self.parts > other.parts

    version = types.ModuleType("distutils.version")
    version.LooseVersion = LooseVersion
    sys.modules["distutils"] = types.ModuleType("distutils")
    sys.modules["distutils.version"] = version

# Since Mesos 1.8 (DC/OS 1.13) its endpoints have no names with .json; those without are as old as Mesos itself.
import dcos.mesos  # noqa: E402


def without_suffix(name):
    url_of = getattr(dcos.mesos.DCOSClient, name)

    def plain(self, *arguments):
        url = url_of(self, *arguments)
        return url[: -len(".json")] if url.endswith(".json") else url

    setattr(dcos.mesos.DCOSClient, name, plain)


for name in ("master_url", "slave_url"):
    without_suffix(name)

# dcoscli looks beside its program for others.
sys.argv[0] = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dcos")

from dcoscli.main import main  # noqa: E402

sys.exit(main())
