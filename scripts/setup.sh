#!/usr/bin/env bash
# Makes .venv with everything Zavhoz needs from the package index: the locked dependencies and our ten packages.
# Called by `make setup`; PYTHON names another interpreter than python3.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
uv_version=$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)

fail() {
    echo "$1" >&2
    exit 1
}

command -v "$python" >/dev/null || fail "Zavhoz needs Python 3.11 or newer, and there is no $python."
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Zavhoz needs Python 3.11 or newer; $python is $version. Name another one: make setup PYTHON=python3.12"

# Debian's python3 comes without what makes virtual environments.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=python$version-venv
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "Python's venv module is missing. Install it with: sudo apt-get install $package"
    fi
    echo "Installing $package with apt-get: Zavhoz keeps its Python packages in .venv, apart from the system's."
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 || {
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null
    }
fi

if ! .venv/bin/python -c '' 2>/dev/null; then
    echo "Making .venv with Python $version."
    "$python" -m venv --clear .venv
fi
if [ "$(.venv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
fi

# Also behind a proxy whose certificate only the system knows.
export UV_SYSTEM_CERTS=1
echo "Installing the locked dependencies into .venv."
# pip knows mirrors and certificates from its own configuration, which uv does not read.
.venv/bin/uv pip install --compile-bytecode --quiet --python .venv/bin/python --require-hashes -r requirements.lock || {
    echo "uv could not; trying with pip."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
}

editable=()
for folder in libs/*/ services/*/ tools/*/; do
    editable+=(-e "./$folder")
done
.venv/bin/uv pip install --quiet --python .venv/bin/python --offline --no-deps --no-build-isolation "${editable[@]}"
