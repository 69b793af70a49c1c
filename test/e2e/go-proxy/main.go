// Prints which proxy Go uses for each case on stdin: one JSON object a line with url and env in, one
// JSON string out, `direct` and `refused` for none.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
)

type proxyCase struct {
	URL string            `json:"url"`
	Env map[string]string `json:"env"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var given proxyCase
		if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
			panic(err)
		}
		text, err := json.Marshal(outcome(given))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(text))
	}
}

func outcome(given proxyCase) string {
	os.Clearenv()
	for name, value := range given.Env {
		os.Setenv(name, value)
	}
	target, err := url.Parse(given.URL)
	if err != nil {
		panic(err)
	}
	proxy, err := httpproxy.FromEnvironment().ProxyFunc()(target)
	if err != nil {
		return "refused"
	}
	if proxy == nil {
		return "direct"
	}
	user := ""
	if proxy.User != nil {
		password, _ := proxy.User.Password()
		user = proxy.User.Username() + " " + password + " "
	}
	return user + proxy.Scheme + "://" + proxy.Host
}
