# Creates a config map with the kubeconfig that KUBE_CONFIG_PATH names.
terraform {
  required_providers {
    kubectl = {
      source  = "gavinbunney/kubectl"
      version = "1.19.0"
    }
  }
}

resource "kubectl_manifest" "greeting" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: greeting
      namespace: clients
    data:
      from: opentofu
  YAML
}
