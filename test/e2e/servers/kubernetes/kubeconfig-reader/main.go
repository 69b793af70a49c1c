// Command kubeconfig-reader tells how kubectl's own library reads kubeconfigs. It reads one JSON
// object a line, {"files": [path, ...], "context": name}, and answers each with a line: the request
// that would be sent, or {"refused": reason}. It runs no plugin and connects to nothing.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/net/http/httpguts"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/transport"
)

type question struct {
	Files   []string `json:"files"`
	Context string   `json:"context"`
}

type plugin struct {
	Command            string            `json:"command"`
	Args               []string          `json:"args"`
	Env                map[string]string `json:"env"`
	APIVersion         string            `json:"apiVersion"`
	InstallHint        string            `json:"installHint"`
	ProvideClusterInfo bool              `json:"provideClusterInfo"`
	Config             json.RawMessage   `json:"config,omitempty"`
}

type answer struct {
	Refused    string            `json:"refused,omitempty"`
	Host       string            `json:"host,omitempty"`
	Headers    map[string]string `json:"headers,omitempty"`
	ServerName string            `json:"serverName,omitempty"`
	Insecure   bool              `json:"insecure,omitempty"`
	CA         string            `json:"ca,omitempty"`
	Cert       string            `json:"cert,omitempty"`
	Key        string            `json:"key,omitempty"`
	Proxy      string            `json:"proxy,omitempty"`
	Namespace  string            `json:"namespace,omitempty"`
	Plugin     *plugin           `json:"plugin,omitempty"`
}

// recorder is the innermost transport: it sees the request as the server would.
type recorder struct{ headers http.Header }

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	for name, values := range request.Header {
		for _, value := range values {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
				return nil, errors.New("invalid header")
			}
		}
	}
	r.headers = request.Header
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("{}")), Request: request}, nil
}

func read(q question) (result answer, err error) {
	rules := &clientcmd.ClientConfigLoadingRules{Precedence: q.Files, WarnIfAllMissing: false}
	overrides := &clientcmd.ConfigOverrides{CurrentContext: q.Context}
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	config, err := loader.ClientConfig()
	if err != nil {
		return result, err
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return result, err
	}
	result = answer{
		Host: config.Host, ServerName: config.TLSClientConfig.ServerName,
		Insecure: config.TLSClientConfig.Insecure, Namespace: namespace,
	}
	if exec := config.ExecProvider; exec != nil {
		result.Plugin = pluginOf(exec)
		config.ExecProvider = nil
	}
	seen := &recorder{}
	config.Wrap(func(http.RoundTripper) http.RoundTripper { return seen })
	transportConfig, err := config.TransportConfig()
	if err != nil {
		return result, err
	}
	tls, err := transport.TLSConfigFor(transportConfig)
	if err != nil {
		return result, err
	}
	_ = tls
	result.CA = string(transportConfig.TLS.CAData)
	result.Cert = string(transportConfig.TLS.CertData)
	result.Key = string(transportConfig.TLS.KeyData)
	if config.Proxy != nil {
		request, _ := http.NewRequest("GET", "https://127.0.0.1/", nil)
		proxy, err := config.Proxy(request)
		if err != nil {
			return result, err
		}
		if proxy != nil {
			result.Proxy = proxy.String()
		}
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return result, err
	}
	result.Host = base.String()
	roundTripper, err := rest.TransportFor(config)
	if err != nil {
		return result, err
	}
	request, err := http.NewRequest("GET", base.JoinPath("version").String(), nil)
	if err != nil {
		return result, err
	}
	if _, err := roundTripper.RoundTrip(request); err != nil {
		return result, err
	}
	result.Headers = map[string]string{}
	for name, values := range seen.headers {
		lower := strings.ToLower(name)
		if lower == "authorization" || strings.HasPrefix(lower, "impersonate-") {
			result.Headers[lower] = strings.Join(values, ", ")
		}
	}
	return result, nil
}

func pluginOf(exec *clientcmdapi.ExecConfig) *plugin {
	env := map[string]string{}
	for _, variable := range exec.Env {
		env[variable.Name] = variable.Value
	}
	result := &plugin{
		Command: exec.Command, Args: exec.Args, Env: env, APIVersion: exec.APIVersion,
		InstallHint: exec.InstallHint, ProvideClusterInfo: exec.ProvideClusterInfo,
	}
	if exec.Config != nil {
		if raw, err := json.Marshal(exec.Config); err == nil {
			result.Config = raw
		}
	}
	return result
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var q question
			result := answer{}
			if err := json.Unmarshal(line, &q); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			func() {
				defer func() {
					if thrown := recover(); thrown != nil {
						result = answer{Refused: fmt.Sprint("panic: ", thrown)}
					}
				}()
				read, err := read(q)
				if err != nil {
					read = answer{Refused: strings.ReplaceAll(err.Error(), "\n", " ")}
				}
				result = read
			}()
			if err := out.Encode(result); err != nil {
				os.Exit(2)
			}
		}
		if err != nil {
			return
		}
	}
}
