#!/bin/sh
# Writes key.pem and certificate.pem anew, next to this file, with openssl(1).
# Self-signed, for interprocess.test, and valid in any year that a clock may show. The key is public:
# it is for tests alone. `openssl ca` is here because `openssl req` cannot set when validity begins.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/index.txt"
cat >"$work/configuration" <<END
[ca]
default_ca = own
[own]
database = $work/index.txt
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = certificate
[any]
commonName = supplied
[certificate]
subjectAltName = DNS:interprocess.test
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
[req]
distinguished_name = name
[name]
END
export OPENSSL_CONF="$work/configuration"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
	-keyout key.pem -out "$work/request" -subj /CN=interprocess.test
openssl ca -batch -selfsign -notext -keyfile key.pem -in "$work/request" -out certificate.pem \
	-startdate 20000101000000Z -enddate 21991231235959Z
chmod 644 key.pem
