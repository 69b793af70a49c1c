"""Lists namespaces with the kubeconfig that is the first argument."""
import sys

from kubernetes import client, config

config.load_kube_config(config_file=sys.argv[1])
for item in client.CoreV1Api().list_namespace().items:
    print(item.metadata.name)
