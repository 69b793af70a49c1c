# Works in every CI system in these examples: the plugin detects the identity of the job that runs
# terraform. In HCP Terraform, the workspace needs the environment variables
# TFC_WORKLOAD_IDENTITY_AUDIENCE (https://dex.example.com/) and DEXCHANGE_CLIENT_SECRET (sensitive), and
# an agent whose image contains dexchange.
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

provider "kubernetes" {
  host = "https://api.example.com"
  exec {
    api_version = "client.authentication.k8s.io/v1"
    command     = "dexchange"
    args = [
      "get-token",
      "--dex-url=https://dex.example.com/",
      "--client-id=dex-client-ci-token-exchange@d8-user-authn",
      "--connector-id=terraform-cloud",
    ]
  }
}

provider "helm" {
  kubernetes = {
    host = "https://api.example.com"
    exec = {
      api_version = "client.authentication.k8s.io/v1"
      command     = "dexchange"
      args = [
        "get-token",
        "--dex-url=https://dex.example.com/",
        "--client-id=dex-client-ci-token-exchange@d8-user-authn",
        "--connector-id=terraform-cloud",
      ]
    }
  }
}

resource "kubernetes_namespace_v1" "app" {
  metadata {
    name = "app"
  }
}
