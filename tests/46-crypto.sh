#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The assembly under arch/arm64/crypto that the series gave CFI, and frame records,
# still computes what it should: the crypto API's own self-tests, run as each module
# is loaded, on each driver of these modules.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# What was built from that directory is what the guest has to load.
mapfile -t built < <(sed -n 's|^arch/arm64/crypto/\(.*\)\.o$|\1|p' "$out/default/modules.order")
cat >"$tmp/crypto" <<EOT
#!/bin/bash
modprobe cryptomgr || exit
for module in ${built[*]}; do
	modprobe "\$module" || echo "not loaded: \$module"
done
cat /proc/crypto
EOT
status=0
"$top/vm/run.sh" "$tmp/crypto" >"$tmp/printed" 2>&1 || status=$?
result "$status" "the modules' guest went down in peace" "$tmp/printed"

# module, driver, result
awk '
	$1 == "driver" { driver = $3 }
	$1 == "module" { module = $3 }
	$1 == "selftest" { print module, driver, $3 }' "$tmp/printed" | sort >"$tmp/drivers"
for module in "${built[@]}"; do
	tested=0
	while read -r driver verdict; do
		tested=$((tested + 1))
		result "$([ "$verdict" = passed ]; echo $?)" "$module: $driver: $verdict" "$tmp/printed"
	done < <(sed -n "s/^${module//-/_} //p" "$tmp/drivers")
	[ "$tested" -gt 0 ] || result 1 "$module: has a driver in /proc/crypto" "$tmp/printed"
done
[ ${#built[@]} -gt 0 ] || result 1 "the default kernel has modules from arch/arm64/crypto"
finish
