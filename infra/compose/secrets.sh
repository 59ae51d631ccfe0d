#!/usr/bin/env bash
# Makes what is missing of the secrets for compose.yaml; what is there stays, for the servers' volumes remember it.
#
#     infra/compose/secrets.sh [FOLDER]     infra/compose/secrets unless given
#
# BOT_TOKEN in the environment replaces the stored one; without either, the bot is the stand-in's. The folder is closed
# to everybody but its owner (0700). The files in it are readable (0444), because Compose mounts them as they are, and
# those who read them are the users of four different images. Prints "changed" when a container must be made anew.
set -euo pipefail
umask 077
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# write NAME: from standard input, in one step
write() {
    cat >"$1.new"
    chmod 444 "$1.new"
    mv -f "$1.new" "$1"
}
# once NAME: the same, if there is none yet; what comes is read all the same, for whoever writes it must not fail
once() { if [ -s "$1" ]; then cat >/dev/null; else write "$1"; fi; }

random | once postgres_password
for service in requests notifier files; do
    random | once "postgres_password_$service"
    printf 'postgresql://zavhoz_%s:%s@postgres:5432/postgres' "$service" "$(cat "postgres_password_$service")" |
        once "postgres_url_$service"
done

random | once rabbitmq_password
printf 'default_vhost = zavhoz\ndefault_user = zavhoz\ndefault_pass = %s\n' "$(cat rabbitmq_password)" |
    once rabbitmq.conf
printf 'amqp://zavhoz:%s@rabbitmq:5672/zavhoz' "$(cat rabbitmq_password)" | once amqp_url
printf 'http://zavhoz:%s@rabbitmq:15672' "$(cat rabbitmq_password)" | once amqp_management_url

random | once redis_password
printf 'requirepass %s\nappendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n' \
    "$(cat redis_password)" | once redis.conf
printf 'redis://:%s@redis:6379/0' "$(cat redis_password)" | once redis_url

random | once webhook_secret
random | once api_token_gateway
random | once api_token_notifier
random | once api_token_files
printf 'gateway:%s,notifier:%s,files:%s' \
    "$(cat api_token_gateway)" "$(cat api_token_notifier)" "$(cat api_token_files)" | write api_tokens
random | once files_link_key

printf '%s:%s' "$((1000000000 + $(od -An -N3 -tu4 /dev/urandom)))" "$(random)" | once bot_token
if [ -n "${BOT_TOKEN:-}" ] && [ "$BOT_TOKEN" != "$(cat bot_token)" ]; then
    printf '%s' "$BOT_TOKEN" | write bot_token
    echo changed
fi
