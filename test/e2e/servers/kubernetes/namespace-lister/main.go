// Command namespace-lister lists namespaces once a second with one client of client-go, as a
// controller does that runs for long, and prints a line for each request: ok, or the error. With the
// argument once, it lists them once.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	isOnce := len(os.Args) > 1 && os.Args[1] == "once"
	for ; ; time.Sleep(time.Second) {
		_, err := client.CoreV1().Namespaces().List(context.Background(), metav1.ListOptions{})
		if err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok")
		}
		if isOnce && err != nil {
			os.Exit(1)
		}
		if isOnce {
			return
		}
	}
}
