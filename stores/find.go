package stores

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/rocmforge/rocmforge/internal/fileerr"
)

// setNames gives each model the shortest of its names that no other has, and
// sorts by them.
func (l *Listing) setNames() {
	owners := map[string]int{}
	for i := range l.Models {
		m := &l.Models[i]
		m.names = distinct(m.names...)
		for _, n := range m.names {
			owners[n]++
			owners[m.Store+":"+n]++
		}
	}
	for i := range l.Models {
		l.Models[i].setName(func(name string) bool { return owners[name] == 1 })
	}
	slices.SortStableFunc(l.Models, func(a, b Model) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Path, b.Path))
	})
}

// setName takes the first name that is the model's own, by itself or behind the
// store's.
func (m *Model) setName(own func(string) bool) {
	for _, prefix := range []string{"", m.Store + ":"} {
		for _, n := range m.names {
			if m.Name = prefix + n; own(m.Name) {
				return
			}
		}
	}
	m.Name = m.Path
}

// Find finds a model by one of its names: ORG/NAME, NAME:TAG, a GGUF file's name
// with or without its ending, each alone or behind STORE and a colon. A name
// with other letter case, and one of which only the beginning is given, will do
// where one model alone has it. Errors are *NotFoundError and *AmbiguousError,
// and a model's Problem.
func (l *Listing) Find(name string) (*Model, error) {
	want := trimGGUF(name)
	found := l.matching(want, "")
	if store, rest, ok := strings.Cut(want, ":"); ok && len(found) == 0 {
		found = l.matching(rest, store)
	}
	if len(found) == 0 {
		return nil, &NotFoundError{Name: name, Near: l.near(strings.ToLower(want)), Places: l.Places}
	}
	return one(name, found)
}

// matching lists the models of a store, or of all, that are meant best by a
// name.
func (l *Listing) matching(want, store string) (found []*Model) {
	fold := strings.ToLower(want)
	for _, matches := range []func(string) bool{
		func(n string) bool { return n == want },
		func(n string) bool { return strings.EqualFold(n, want) },
		func(n string) bool { return strings.HasPrefix(n, want) },
		func(n string) bool { return strings.HasPrefix(strings.ToLower(n), fold) },
	} {
		for i := range l.Models {
			m := &l.Models[i]
			if m.Kind == ModelKind && (store == "" || m.Store == store) && slices.ContainsFunc(m.names, matches) {
				found = append(found, m)
			}
		}
		if len(found) > 0 || want == "" {
			break
		}
	}
	return found
}

func one(name string, found []*Model) (*Model, error) {
	if len(found) > 1 {
		e := &AmbiguousError{Name: name}
		for _, m := range found {
			e.Candidates = append(e.Candidates, m.Name)
		}
		return nil, e
	}
	if m := found[0]; m.Problem != nil {
		return nil, fmt.Errorf("model %s: %w", fileerr.Quote(m.Name), m.Problem)
	}
	return found[0], nil
}

// near lists up to three names like the one that is wanted, in lower case: those
// that contain it, and those of which few letters differ.
func (l *Listing) near(want string) (names []string) {
	type candidate struct {
		name     string
		distance int
	}
	var all []candidate
	for i := range l.Models {
		m := &l.Models[i]
		if m.Kind != ModelKind || m.Problem != nil {
			continue
		}
		best := distance(want, strings.ToLower(m.Name))
		for _, n := range m.names {
			if n = strings.ToLower(n); want != "" && strings.Contains(n, want) {
				best = 0
			}
			best = min(best, distance(want, n))
		}
		if best <= 1+len(want)/4 {
			all = append(all, candidate{m.Name, best})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	for _, c := range all[:min(3, len(all))] {
		names = append(names, c.name)
	}
	return names
}

// distance is that of Levenshtein, in bytes, of names that are not overlong.
func distance(a, b string) int {
	a, b = a[:min(len(a), 256)], b[:min(len(b), 256)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// A NotFoundError says that neither a file nor a model has a name. It is
// fs.ErrNotExist.
type NotFoundError struct {
	Name   string
	Near   []string // names like it
	Places []Place  // that were looked in
}

func (e *NotFoundError) Error() string {
	s := "no such file or folder"
	if isPath(e.Name) {
		return s
	}
	s += ", and no model of this machine has the name"
	if len(e.Near) > 0 {
		s += "; did you mean " + quoted(e.Near, " or ") + "?"
	}
	return s + e.looked()
}

func (e *NotFoundError) looked() string {
	var there []string
	for _, p := range e.Places {
		if p.Exists {
			there = append(there, p.Path)
		}
	}
	if len(there) == 0 {
		return "; none of the folders where models usually lie is there (`rocmforge models` lists them)"
	}
	return "; looked in " + strings.Join(there, ", ")
}

// Is makes it fs.ErrNotExist.
func (e *NotFoundError) Is(target error) bool { return target == fs.ErrNotExist }

// An AmbiguousError says that several models go by a name.
type AmbiguousError struct {
	Name       string
	Candidates []string // their own names
}

func (e *AmbiguousError) Error() string {
	const most = 8
	list := e.Candidates[:min(most, len(e.Candidates))]
	s := fmt.Sprintf("%d models go by that name: %s", len(e.Candidates), quoted(list, " and "))
	if more := len(e.Candidates) - len(list); more > 0 {
		s += fmt.Sprintf(" (and %d more)", more)
	}
	return s + "; name one of them"
}

// quoted lists names with a word before the last.
func quoted(names []string, word string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fileerr.Quote(n)
	}
	last := len(q) - 1
	if last == 0 {
		return q[0]
	}
	return strings.Join(q[:last], ", ") + word + q[last]
}
