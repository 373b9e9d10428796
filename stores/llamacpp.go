package stores

// llamaCpp is the folder into which llama.cpp's -hf fetched files before it
// took Hugging Face's cache; their names have the repository's in them.
var llamaCpp = store{
	name: LlamaCpp,
	places: func(s *system) []string {
		var usual string
		switch s.os {
		case "darwin":
			usual = s.inHome("Library", "Caches", "llama.cpp")
		case "windows":
			usual = s.env("LOCALAPPDATA", "llama.cpp")
		default:
			usual = s.inHome(".cache", "llama.cpp")
		}
		return first(s.env("LLAMA_CACHE"), s.env("XDG_CACHE_HOME", "llama.cpp"), usual)
	},
	scan: func(s *scan) {
		s.hub() // where LLAMA_CACHE takes the place of Hugging Face's cache
		w := walk{s, nil, func(rel string, _ bool) []string { return []string{rel} }}
		w.into(s.root, "", 0)
	},
}
