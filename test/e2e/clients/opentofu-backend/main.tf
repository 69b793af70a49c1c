# Keeps its state in the cluster of the kubeconfig that KUBE_CONFIG_PATH names.
terraform {
  backend "kubernetes" {
    secret_suffix = "state"
    namespace     = "clients"
  }
}

resource "terraform_data" "release" {
  input = "1"
}
