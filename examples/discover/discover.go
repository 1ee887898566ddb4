// Follows where an app is reached: a line whenever that changes.
//
//	go run discover.go http://127.0.0.1:8181 /web
//	endpoints 10.0.0.1:31000 10.0.0.2:31001
//
// With nothing but the standard library. The stream comes from the Signpost of this host; when it
// restarts, we go on where we were, and use meanwhile what we know.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strings"
	"time"
)

type port struct {
	Endpoints []string
	Passing   bool
	Drained   bool
}

type service struct {
	Framework, App string
	Tasks          []struct{ Ports []port }
}

// key is what a service is known by.
func (s service) key() string { return s.Framework + " " + s.App }

type event struct {
	Type, ID                   string
	Synced                     bool
	Services, Changed, Removed []service
}

// follow hands every event about the app to use, until the stream ends.
func follow(admin, app, lastID string, use func(event)) error {
	request, err := http.NewRequest("GET", admin+"/v1/events?app="+url.QueryEscape(app), nil)
	if err != nil {
		return err
	}
	if lastID != "" {
		request.Header.Set("Last-Event-ID", lastID)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s: %s", answer.Status, text)
	}
	// Every 15 s something comes: longer silence is a connection that broke unnoticed.
	watchdog := time.AfterFunc(45*time.Second, func() { answer.Body.Close() })
	defer watchdog.Stop()
	lines := bufio.NewReader(answer.Body)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return err
		}
		watchdog.Reset(45 * time.Second)
		if !strings.HasPrefix(line, "data: ") {
			continue
		}
		var one event
		if err := json.Unmarshal([]byte(line[len("data: "):]), &one); err != nil {
			return err
		}
		use(one)
	}
}

// learn takes over what an event tells.
func learn(services map[string]service, one event) {
	if one.Type == "snapshot" {
		for key := range services {
			delete(services, key)
		}
	}
	for _, changed := range append(one.Services, one.Changed...) {
		services[changed.key()] = changed
	}
	for _, gone := range one.Removed {
		delete(services, gone.key())
	}
}

// endpoints are where new connections may go to.
func endpoints(services map[string]service) []string {
	found := map[string]bool{}
	for _, service := range services {
		for _, task := range service.Tasks {
			for _, port := range task.Ports {
				for _, endpoint := range port.Endpoints {
					if port.Passing && !port.Drained {
						found[endpoint] = true
					}
				}
			}
		}
	}
	sorted := []string{}
	for endpoint := range found {
		sorted = append(sorted, endpoint)
	}
	sort.Strings(sorted)
	return sorted
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: discover ADMIN APP, such as http://127.0.0.1:8181 /web")
		os.Exit(1)
	}
	admin, app := os.Args[1], os.Args[2]
	services := map[string]service{}
	lastID, told := "", ""
	use := func(one event) {
		lastID = one.ID
		if !one.Synced {
			return // What is absent may be there; a snapshot comes when all is known.
		}
		learn(services, one)
		if now := strings.Join(append([]string{"endpoints"}, endpoints(services)...), " "); now != told {
			fmt.Println(now)
			told = now
		}
	}
	for {
		err := follow(admin, app, lastID, use)
		fmt.Fprintf(os.Stderr, "%s: %v; trying again\n", admin, err)
		time.Sleep(500 * time.Millisecond)
	}
}
