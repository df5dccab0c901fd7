"""Runs OpenStack Swift with its S3 interface, whole and private, in one process.

    /usr/bin/python3 swift-server.py FOLDER     settings as JSON in the environment: SWIFT_SETTINGS

The account, container, object and proxy servers are Swift's own, loaded from generated paste
configs as Swift's launcher loads them. Sharing one process makes the start three times as quick
as four processes, and each server binds port 0 itself, so that no port can be lost between
choosing and binding. Nothing of /etc/swift is used. One line of JSON on standard output tells
that requests are answered. The process ends, and removes FOLDER, when its standard input closes:
it cannot outlive the test run, however that dies.
"""
import json
import logging
import os
import shutil
import sys

folder = sys.argv[1]
settings = json.loads(os.environ['SWIFT_SETTINGS'])

try:
    from swift.common import constraints, storage_policy, utils, wsgi
    from swift.common.ring import RingBuilder
    import eventlet
    from eventlet.green import socket
    from eventlet import patcher
except ImportError as error:
    print(json.dumps({'missing': str(error)}), flush=True)
    sys.exit(0)

SERVERS = ('account', 'container', 'object')

CONFIGS = {
    'storage': """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
""",
    'proxy': """
[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache s3api tempauth copy proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{cache_port}
[filter:s3api]
use = egg:swift#s3api
location = {region}
allow_multipart_uploads = false
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret} .admin
[filter:copy]
use = egg:swift#copy
""",
}


def keeps_extended_attributes():
    """Swift keeps the metadata of objects there; some tmpfs and overlay mounts have none."""
    try:
        os.setxattr(folder, 'user.swift.metadata', b'x' * 1024)
        os.removexattr(folder, 'user.swift.metadata')
        return True
    except OSError:
        return False


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, 'w') as file:
        file.write(text)
    return path


def build_ring(name, port):
    builder = RingBuilder(1, 1, 0)
    builder.add_dev({'region': 1, 'zone': 1, 'weight': 1.0,
                     'ip': '127.0.0.1', 'port': port, 'device': 'd1'})
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, name + '.ring.gz'))


def leave_with_parent():
    """Blocks a real thread, not a green one, so that even a stuck hub ends."""
    while os.read(0, 4096):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def serve(sock, config, name):
    app = wsgi.loadapp(config, global_conf={'log_name': name})
    # The same arguments as in swift.common.wsgi.run_server.
    eventlet.spawn(wsgi.wsgi.server, sock, app, utils.NullLogger(),
                   protocol=wsgi.SwiftHttpProtocol,
                   custom_pool=wsgi.RestrictedGreenPool(size=1024),
                   socket_timeout=60, capitalize_response_headers=False)


def main():
    if not keeps_extended_attributes():
        print(json.dumps({'unusable_folder': folder}), flush=True)
        return
    patcher.original('threading').Thread(target=leave_with_parent, daemon=True).start()
    os.makedirs(os.path.join(folder, 'devices', 'd1'))
    write('swift.conf', '[swift-hash]\nswift_hash_path_suffix = %s\n' % settings['secret'])
    # Swift would log to syslog; its handler is replaced so that everything stands in one file.
    utils.ThreadSafeSysLogHandler = lambda *_, **__: logging.FileHandler(
        os.path.join(folder, 'swift.log'))
    eventlet.hubs.use_hub(utils.get_hub())
    utils.eventlet_monkey_patch()
    utils.set_swift_dir(folder)
    storage_policy.reload_storage_policies()
    constraints.reload_constraints()
    utils.disable_fallocate()

    sockets = {name: eventlet.listen(('127.0.0.1', 0), backlog=4096)
               for name in SERVERS + ('proxy',)}
    for name in SERVERS:
        build_ring(name, sockets[name].getsockname()[1])
    for name in SERVERS:
        config = write(name + '.conf', CONFIGS['storage'].format(folder=folder, name=name))
        serve(sockets[name], config, name)
    # tempauth insists on a cache, and does without its answers: a port that is held but does not
    # listen refuses at once, and no memcached of the machine can be met there.
    closed = socket.socket()
    closed.bind(('127.0.0.1', 0))
    config = write('proxy.conf', CONFIGS['proxy'].format(
        folder=folder, cache_port=closed.getsockname()[1], **settings))
    serve(sockets['proxy'], config, 'proxy')
    print(json.dumps({'port': sockets['proxy'].getsockname()[1]}), flush=True)
    while True:
        eventlet.sleep(3600)


main()
