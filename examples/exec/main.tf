# The providers read KUBE_CONFIG_PATH, which dexchange exec and dexchange agent set, so this file needs no
# settings of the cluster.
terraform {
  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = "~> 3.0"
    }
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.0"
    }
  }
}

provider "kubernetes" {}

provider "helm" {}

resource "kubernetes_namespace_v1" "app" {
  metadata {
    name = "app"
  }
}
