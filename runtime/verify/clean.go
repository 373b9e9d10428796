package verify

import (
	"regexp"
	"strings"
	"unicode"
)

// folders matches the folders of absolute paths, on Linux and on Windows.
var folders = regexp.MustCompile(`(^|[\s"'(=:])(?:[A-Za-z]:)?[/\\](?:[^\s"':/\\]+[/\\])+`)

// clean makes a line of a text, and takes the folders from its paths: they have
// users' names.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return folders.ReplaceAllString(s, "$1")
}
