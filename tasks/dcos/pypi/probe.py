"""Prints as JSON the version and location of the Python that runs this, and the pip it has to install packages with."""

import json
import os
import sys
import sysconfig

about = {"version": list(sys.version_info[:3]), "executable": sys.executable}
try:
    import venv  # noqa: F401
    import ensurepip

    # Debian and Fedora keep the wheels of ensurepip in a folder of their own.
    folders = [
        os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"),
        sysconfig.get_config_var("WHEEL_PKG_DIR") or "",
        "/usr/share/python-wheels",
    ]
    wheels = [
        os.path.join(folder, name)
        for folder in folders
        if os.path.isdir(folder)
        for name in sorted(os.listdir(folder))
        if name.startswith("pip-") and name.endswith(".whl")
    ]
    about["pip"] = wheels[0]
except ImportError as error:
    about["lacks"] = error.name
except IndexError:
    about["lacks"] = "ensurepip"
print(json.dumps(about))
