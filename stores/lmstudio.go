package stores

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/rocmforge/rocmforge/internal/safefile"
	"github.com/rocmforge/rocmforge/internal/strictjson"
)

// lmStudio is LM Studio's folder: ORG/REPOSITORY/FILE.gguf. Its home is the one
// that ~/.lmstudio-home-pointer names, else ~/.cache/lm-studio of older
// versions or ~/.lmstudio; settings.json there may name another folder for
// models.
var lmStudio = store{
	name: LMStudio,
	places: func(s *system) []string {
		homes := distinct(s.lmStudioHome(), s.inHome(".lmstudio"), s.inHome(".cache", "lm-studio"))
		var list []string
		for _, home := range homes {
			list = append(list, downloadsFolder(home), filepath.Join(home, "models"))
		}
		return distinct(list...)
	},
	scan: func(s *scan) { s.repositories() },
}

func (s *system) lmStudioHome() string {
	b, err := safefile.ReadFile(s.inHome(".lmstudio-home-pointer"), 4096)
	if home := strings.TrimSpace(string(b)); err == nil && filepath.IsAbs(home) {
		return filepath.Clean(home)
	}
	return ""
}

// downloadsFolder is what settings.json says, or "".
func downloadsFolder(home string) string {
	var settings struct {
		Folder string `json:"downloadsFolder"`
	}
	err := strictjson.ReadFile(filepath.Join(home, "settings.json"), 4<<20, &settings)
	if err != nil || !filepath.IsAbs(settings.Folder) {
		return ""
	}
	return filepath.Clean(settings.Folder)
}

// repositories walks folders of people's own. A GGUF file goes by its own name
// and by that of the folders above it.
func (s *scan) repositories() {
	w := walk{s, nil, func(rel string, folder bool) []string {
		switch repo, file := path.Split(rel); {
		case rel == "":
			return []string{filepath.Base(s.root)}
		case folder || repo == "":
			return []string{file, rel}
		default:
			return repoNames(path.Clean(repo), file, false)
		}
	}}
	w.into(s.root, "", maxDepth)
}
