# Calls the events service with a signed context: curl and openssl in a POSIX shell.
#
# Set base, secret, tenant, slug and user, read this file with `.`, and say
#   signed METHOD TARGET [BODY [OPTION OF CURL]...]

hex() { openssl dgst -sha256 -r "$@" | cut -d ' ' -f 1; }

signed() {
  method=$1 target=$2 body=${3-}
  shift "$(($# < 3 ? $# : 3))"
  request_id=$(openssl rand -hex 16)
  timestamp=$(date +%s)
  digest=$(printf %s "$body" | hex)
  signature=$(printf '%s\n%s\n%s\n%s\n%s' \
    "$method" "${target%%\?*}" "$digest" "$request_id" "$timestamp" |
    hex -hmac "$secret")
  curl --silent --show-error --request "$method" "$base$target" \
    --header "X-Request-Id: $request_id" \
    --header "X-Tenant-Id: $tenant" \
    --header "X-Tenant-Slug: $slug" \
    --header "X-User-Id: $user" \
    --header "X-Updspace-Timestamp: $timestamp" \
    --header "X-Updspace-Signature: $signature" \
    ${body:+--header 'Content-Type: application/json' --data-raw "$body"} "$@"
}
