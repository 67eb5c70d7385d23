#!/bin/sh
# The distribution's Chromium for the browser tests: installed where that is allowed, else named.
found() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

case "$1" in
install)
    found && exit 0
    if [ "$(id -u)" = 0 ] && [ -n "$CI" ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing Chromium for the browser tests …"
        (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium) \
            >/dev/null 2>&1 || echo "Chromium could not be installed."
    fi
    if ! found && [ -n "$REQUIRE_BROWSER" ]; then
        echo "REQUIRE_BROWSER is set and there is no Chromium. Install it: apt-get install chromium"
        exit 1
    fi
    ;;
report)
    found || echo "Not run: the browser tests (no Chromium found). To run them: sudo apt-get install chromium"
    ;;
esac
exit 0
