//go:build windows

// Command ctrl-c presses Ctrl-C in the console of a command, as a person or the runner of a job does:
//
//	ctrl-c press FILE COMMAND...
//
// starts the command, sends CTRL_C_EVENT to all processes of its console as soon as the file exists, and
// exits with the status of the command.
//
//	ctrl-c wait FILE
//
// is a command that creates the file, waits for Ctrl-C, takes a moment to end, and exits with status 9.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// Without it a failed test would leave processes behind.
const limit = time.Minute

var kernel = syscall.NewLazyDLL("kernel32.dll")

func main() {
	pressed := make(chan os.Signal, 1)
	signal.Notify(pressed, os.Interrupt)
	if os.Args[1] == "wait" {
		os.Exit(wait(os.Args[2], pressed))
	}
	os.Exit(press(os.Args[2], os.Args[3:]))
}

func wait(file string, pressed <-chan os.Signal) int {
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return fail(err)
	}
	select {
	case <-pressed:
	case <-time.After(limit):
		return fail(errors.New("no Ctrl-C"))
	}
	time.Sleep(500 * time.Millisecond)
	fmt.Println("interrupted")
	return 9
}

func press(file string, words []string) int {
	// Wine starts the first process without a console, but not without the mark that it has one.
	kernel.NewProc("FreeConsole").Call()
	if done, _, err := kernel.NewProc("AllocConsole").Call(); done == 0 {
		return fail(err)
	}
	command := exec.Command(words[0], words[1:]...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		return fail(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			break
		}
		if len(ended) > 0 || time.Since(start) > limit {
			return fail(errors.New("the command ended, or was not ready in time"))
		}
	}
	if done, _, err := kernel.NewProc("GenerateConsoleCtrlEvent").Call(syscall.CTRL_C_EVENT, 0); done == 0 {
		return fail(err)
	}
	<-ended
	return command.ProcessState.ExitCode()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 125
}
