#!/bin/sh
# dcoscli in the environment that lies beside this file, whatever PYTHON… variables the user has set.
here=${0%/*}
exec "$here/bin/python3" -I -B -W ignore "$here/dcos.py" "$@"
