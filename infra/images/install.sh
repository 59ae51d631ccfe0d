#!/bin/sh
# Fills the virtual environment of an image: `install.sh requirements PACKAGE…`, then `install.sh packages`.
set -eu
PATH=/build/tools/bin:$PATH
[ -z "${PIP_INDEX_URL:-}" ] || export UV_DEFAULT_INDEX="$PIP_INDEX_URL"

case $1 in
requirements)
    shift
    python /build/requirements.py /build/requirements.lock "$@" >/build/requirements.txt
    uv pip install --quiet --require-hashes --requirement /build/requirements.txt
    ;;
packages)
    # In the repository's layout, as in a checkout, so that migrations stand beside the sources.
    set --
    for folder in libs/* services/* tools/*; do
        [ ! -d "$folder" ] || set -- "$@" --editable "./$folder"
    done
    # What builds them is not installed with them; it is found where the tools are.
    PYTHONPATH=$(/build/tools/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
        uv pip install --quiet --offline --no-deps --no-sources --no-build-isolation --python "$VIRTUAL_ENV" "$@"
    "$VIRTUAL_ENV/bin/python" -m compileall -q /app
    TEXTS=libs/telegram/src/zavhoz_telegram/locales
    # Babel knows a thousand languages in 33 MB; the image keeps those it has texts in, with their regions.
    for data in "$VIRTUAL_ENV"/lib/python*/site-packages/babel/locale-data/*.dat; do
        language=$(basename "$data" .dat)
        [ ! -e "$data" ] || [ "$language" = root ] || [ -d "$TEXTS/${language%%_*}" ] || rm "$data"
    done
    ;;
esac
