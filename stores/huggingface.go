package stores

import (
	"cmp"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
)

// huggingFace is the cache of huggingface_hub, and of llama.cpp since it uses
// the same: models--ORG--NAME/snapshots/COMMIT/FILE, where each file is a link
// to one of models--ORG--NAME/blobs, and refs/main has the commit
// (huggingface.co/docs/huggingface_hub/guides/manage-cache). On Windows without
// links the files lie in snapshots themselves.
var huggingFace = store{
	name: HuggingFace,
	places: func(s *system) []string {
		return first(
			s.env("HF_HUB_CACHE"), s.env("HUGGINGFACE_HUB_CACHE"), s.env("HF_HOME", "hub"),
			s.env("XDG_CACHE_HOME", "huggingface", "hub"), s.inHome(".cache", "huggingface", "hub"))
	},
	scan: func(s *scan) { s.hub() },
}

// hub reads a cache of repositories.
func (s *scan) hub() {
	for _, e := range s.readDir(s.root) {
		if repo, ok := strings.CutPrefix(e.Name(), "models--"); ok && repo != "" {
			s.repository(filepath.Join(s.root, e.Name()), strings.Replace(repo, "--", "/", 1))
		}
	}
}

// repository reads the snapshots of one repository.
func (s *scan) repository(dir, name string) {
	real, err := filepath.EvalSymlinks(dir)
	snapshots := filepath.Join(real, "snapshots")
	if info, statErr := os.Stat(snapshots); err != nil || statErr != nil || !info.IsDir() {
		return // nothing was fetched
	}
	blobs, err := filepath.EvalSymlinks(filepath.Join(real, "blobs"))
	if err != nil {
		blobs = real
	}
	refs := s.refs(filepath.Join(real, "refs"))
	list := s.readDir(snapshots)
	for _, e := range list {
		repo := name
		if ref := refs[e.Name()]; ref != "main" && len(list) > 1 {
			repo += "@" + cmp.Or(ref, e.Name()[:min(len(e.Name()), 8)])
		}
		snapshot := filepath.Join(snapshots, e.Name())
		if _, err := inside(snapshot, real); err != nil {
			s.add(Model{Path: snapshot, Problem: err, names: []string{repo}})
			continue
		}
		w := walk{s, func(path string) (string, error) { return inside(path, real, blobs) }, func(rel string, folder bool) []string { return repoNames(repo, rel, folder) }}
		w.into(snapshot, "", 2)
	}
}

// refs gives the name of each commit that has one; main goes before others.
func (s *scan) refs(dir string) map[string]string {
	names := map[string]string{}
	if _, err := os.Stat(dir); err != nil {
		return names
	}
	for _, e := range s.readDir(dir) {
		b, err := safefile.ReadFile(filepath.Join(dir, e.Name()), 256)
		if commit := strings.TrimSpace(string(b)); err == nil && names[commit] != "main" {
			names[commit] = e.Name()
		}
	}
	return names
}

// repoNames are the names of a folder of a repository, or of a GGUF file in it:
// by itself, in its repository, and the repository with the file's type.
func repoNames(repo, rel string, folder bool) []string {
	switch {
	case rel == "":
		return []string{repo, path.Base(repo)}
	case folder:
		return []string{repo + "/" + rel}
	}
	names := []string{path.Base(rel), repo + "/" + rel}
	if typ := typeInName.FindStringSubmatch(rel); typ != nil {
		names = append(names, repo+":"+typ[1])
	}
	return append(names, repo)
}

// typeInName is the tensor type at the end of most GGUF files' names.
var typeInName = regexp.MustCompile(`(?i)[-._]((?:UD-)?I?Q[0-9][A-Z0-9_]*|BF16|F16|F32|MXFP[0-9]\w*)$`)
