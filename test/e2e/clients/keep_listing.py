"""Lists namespaces once a second with one client, and prints a line for each request.

load_kube_config reads the token file once, so the hook reads it again.
"""
import os
import time

from kubernetes import client, config


def read_token(configuration):
    with open(os.environ['DEXCHANGE_TOKEN_FILE']) as file:
        configuration.api_key['BearerToken'] = 'Bearer ' + file.read()


config.load_kube_config()
configuration = client.Configuration.get_default_copy()
configuration.refresh_api_key_hook = read_token
api = client.CoreV1Api(client.ApiClient(configuration))
while True:
    try:
        api.list_namespace()
        print('ok', flush=True)
    except Exception as error:
        print(repr(error).replace('\n', ' '), flush=True)
    time.sleep(1)
