#include "signpost/help/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace signpost::help {
namespace {

/// In single quotes, for any of the shells.
std::string quoted(const std::string& text, const std::string& quote_in_quotes) {
  std::string safe;
  for (const char c : text) safe += c == '\'' ? quote_in_quotes : std::string(1, c);
  return "'" + safe + "'";
}
std::string bash_quoted(const std::string& text) { return quoted(text, R"('\'')"); }
std::string fish_quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return quoted(safe, R"(\')");
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

/// The first sentence or line: a menu has no room for more.
std::string brief(const std::string& text) {
  return text.substr(0, std::min({text.find('\n'), text.find(';'), text.find(". ")}));
}

/// "'signpost run'|'signpost rollout'": the words that lead from a command to one below it.
std::string steps(const Command& tree, std::string_view between) {
  std::vector<std::string> paths;
  for_each(tree, [&paths](const Command& command) {
    for (const Command& below : command.commands) paths.push_back(bash_quoted(below.path));
  });
  return joined(paths, between);
}

/// "'signpost run -c'|'signpost run --config'": where the value of an option comes next.
std::string places(const Command& command, const Option& option) {
  std::vector<std::string> words;
  for (const std::string& name : option.names) {
    words.push_back(bash_quoted(command.path + " " + name));
  }
  return joined(words, "|");
}

bool takes_file(const Command& command) {
  return std::any_of(command.positionals.begin(), command.positionals.end(), [](const auto& one) {
    return one.is_file();
  });
}

/// What a running Signpost is asked for in place of its arguments: "vips pools".
std::string kinds_of(const Command& command) {
  std::vector<std::string> kinds;
  for (const Option& positional : command.positionals) {
    if (!positional.kinds.empty()) kinds.push_back(positional.kinds);
  }
  return joined(kinds, " ");
}

/// What may be typed at a command, but for values of options.
std::vector<std::string> words_of(const Command& command) {
  std::vector<std::string> words;
  for (const Command& below : command.commands) words.push_back(below.name);
  for (const Option& positional : command.positionals) {
    words.insert(words.end(), positional.choices.begin(), positional.choices.end());
  }
  for (const Option& option : command.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return words;
}

/// ---- bash

std::string bash_value(const Option& option) {
  if (!option.kinds.empty()) return "_signpost_names " + option.kinds;
  if (option.is_file()) return "_signpost_files";
  return "_signpost_words " + bash_quoted(joined(option.choices, " "));
}

std::string bash_values(const Command& tree) {
  std::string cases;
  for_each(tree, [&cases](const Command& command) {
    for (const Option& option : command.options) {
      if (option.value.empty()) continue;
      cases += fmt::format(
          "    {})\n      {}\n      return ;;\n", places(command, option), bash_value(option));
    }
  });
  return cases;
}

std::string bash_words(const Command& tree) {
  std::string cases;
  for_each(tree, [&cases](const Command& command) {
    const std::string kinds = kinds_of(command);
    cases += fmt::format("    {})\n      words={}{}{} ;;\n",
                         bash_quoted(command.path),
                         bash_quoted(joined(words_of(command), " ")),
                         takes_file(command) ? " files=yes" : "",
                         kinds.empty() ? "" : " kinds=" + bash_quoted(kinds));
  });
  return cases;
}

std::string bash(const Command& tree) {
  return fmt::format(
      R"(# Completion of signpost for bash; printed by `signpost completion bash`.
_signpost_words() {{
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}}
_signpost_files() {{
  compopt -o filenames 2>/dev/null
  mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY < <(compgen -f -- "$cur")
}}
# Names that a running Signpost knows. Anybody may write them: none is expanded, and all are quoted.
_signpost_names() {{
  local begun=${{COMP_LINE:0:COMP_POINT}} name
  begun=${{begun##* }}  # readline cuts words at colons, and takes what is behind the last one.
  [[ $begun == *"$cur" ]] || begun=$cur
  while IFS= read -r name; do
    [[ $name == "$begun"* ]] || continue
    printf -v name %q "${{name:${{#begun}}-${{#cur}}}}"
    COMPREPLY+=("$name")
  done < <("${{COMP_WORDS[0]}}" names "$@" 2>/dev/null)
}}
_signpost() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} at=signpost words= files= kinds= i
  [[ $cur == : ]] && cur=
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at ${{COMP_WORDS[i]}}" in
    {})
      at+=" ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$at ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{}  esac
  case "$at" in
{}  esac
  [[ ${{COMP_WORDS[COMP_CWORD]}} == : ]] || _signpost_words "$words"
  [[ $cur == -* ]] && return
  [[ $files ]] && _signpost_files
  [[ $kinds ]] && _signpost_names $kinds
}}
complete -F _signpost signpost
)",
      steps(tree, "|"),
      bash_values(tree),
      bash_words(tree));
}

/// ---- zsh

/// 'word:text', as _describe wants it.
std::string zsh_described(const std::string& word, const std::string& text) {
  std::string safe;
  for (const char c : word) safe += c == ':' ? std::string("\\:") : std::string(1, c);
  return bash_quoted(safe + ":" + brief(text));
}

std::string zsh_value(const Option& option) {
  if (option.is_file()) return "_files";
  if (!option.kinds.empty()) return "_signpost_names " + option.kinds;
  if (!option.choices.empty()) return "compadd " + joined(option.choices, " ");
  return "_message " + bash_quoted(brief(option.text));
}

std::string zsh_values(const Command& tree) {
  std::string cases;
  for_each(tree, [&cases](const Command& command) {
    for (const Option& option : command.options) {
      if (option.value.empty()) continue;
      cases += fmt::format("    ({}) {}; return ;;\n", places(command, option), zsh_value(option));
    }
  });
  return cases;
}

std::string zsh_words(const Command& tree) {
  std::string cases;
  for_each(tree, [&cases](const Command& command) {
    std::vector<std::string> commands;
    std::vector<std::string> options;
    for (const Command& below : command.commands) {
      commands.push_back(zsh_described(below.name, below.text));
    }
    for (const Option& positional : command.positionals) {
      for (const std::string& word : positional.choices) {
        commands.push_back(zsh_described(word, positional.text));
      }
    }
    for (const Option& option : command.options) {
      for (const std::string& name : option.names) {
        options.push_back(zsh_described(name, option.text));
      }
    }
    cases += fmt::format(
        "    ({})\n      commands=({})\n      options=({})\n      files={} kinds=({}) ;;\n",
        bash_quoted(command.path),
        joined(commands, " "),
        joined(options, " "),
        takes_file(command) ? "yes" : "",
        kinds_of(command));
  });
  return cases;
}

std::string zsh(const Command& tree) {
  return fmt::format(
      R"(#compdef signpost
# Completion of signpost for zsh; printed by `signpost completion zsh`.
# Names that a running Signpost knows.
_signpost_names() {{
  local -a names=("${{(@f)$("${{words[1]}}" names "$@" 2>/dev/null)}}")
  compadd -- ${{names:#}}
}}
_signpost() {{
  local at=signpost word files
  local -a commands options kinds
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    case "$at $word" in
      ({}) at+=" $word" ;;
    esac
  done
  case "$at ${{words[CURRENT-1]}}" in
{}  esac
  case "$at" in
{}  esac
  if [[ ${{words[CURRENT]}} == -* ]]; then
    _describe option options
    return
  fi
  (( $#commands )) && _describe command commands
  [[ -n $files ]] && _files
  (( $#kinds )) && _signpost_names $kinds
}}
_signpost "$@"
)",
      steps(tree, "|"),
      zsh_values(tree),
      zsh_words(tree));
}

/// ---- fish

std::string fish_names(const std::string& kinds) {
  return fmt::format(" -a '(__signpost_names {})'", kinds);
}

std::string fish_option(const Option& option) {
  std::string words;
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    words += fmt::format(" {} {}", is_long ? "-l" : "-s", name.substr(is_long ? 2 : 1));
  }
  if (option.value.empty()) return words;
  words += option.is_file() ? " -r -F" : " -x";
  if (!option.choices.empty()) words += " -a " + fish_quoted(joined(option.choices, " "));
  if (!option.kinds.empty()) words += fish_names(option.kinds);
  return words;
}

std::string fish_lines(const Command& command) {
  const std::string here = fmt::format("complete -c signpost -n {}",
                                       fish_quoted("__signpost_at \"" + command.path + "\""));
  std::string lines;
  for (const Command& below : command.commands) {
    lines += fmt::format("{} -a {} -d {}\n", here, below.name, fish_quoted(brief(below.text)));
  }
  for (const Option& positional : command.positionals) {
    if (positional.is_file()) lines += here + " -F\n";
    if (!positional.kinds.empty()) lines += here + fish_names(positional.kinds) + "\n";
    if (positional.choices.empty()) continue;
    lines += fmt::format("{} -a {} -d {}\n",
                         here,
                         fish_quoted(joined(positional.choices, " ")),
                         fish_quoted(brief(positional.text)));
  }
  for (const Option& option : command.options) {
    lines +=
        fmt::format("{}{} -d {}\n", here, fish_option(option), fish_quoted(brief(option.text)));
  }
  return lines;
}

std::string fish(const Command& tree) {
  std::string lines;
  for_each(tree, [&lines](const Command& command) { lines += fish_lines(command); });
  return fmt::format(
      R"(# Completion of signpost for fish; printed by `signpost completion fish`.
function __signpost_at
  set -l at signpost
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case {}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
# Names that a running Signpost knows.
function __signpost_names
  set -l words (commandline -opc)
  $words[1] names $argv 2>/dev/null
end
complete -c signpost -f
{})",
      steps(tree, " "),
      lines);
}

}  // namespace

std::string completion(const Command& tree, const std::string& shell) {
  if (shell == "bash") return bash(tree);
  return shell == "zsh" ? zsh(tree) : fish(tree);
}

}  // namespace signpost::help
