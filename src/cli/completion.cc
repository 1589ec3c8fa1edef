// The words come from the table of kinds, so that a new kind completes by itself.
#include "cli/completion.h"

#include "cli/kinds.h"

namespace outrigger::cli {

namespace {

constexpr std::string_view verbs =
    "add completion connect connect-all create delete disconnect discover get key list p4 reset stats top update";

constexpr std::string_view p4_verbs = "bench check compile dump info run test";

std::string kind_words() {
  std::string words = "disk subsystem controller namespace path remote discovery referral";
  for (const Kind& kind : kinds()) {
    words += " " + kind.name;
  }
  return words;
}

// clang-format off
// @VERBS@, @P4VERBS@ and @KINDS@ are replaced. After a verb of `p4` come files.
constexpr std::string_view bash = R"SH(# bash completion of outrigger: source it, or save it as
# /usr/share/bash-completion/completions/outrigger
_outrigger() {
  local word=${COMP_WORDS[COMP_CWORD]} verb= kind= seen=() i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -* ]] || seen+=("${COMP_WORDS[i]}")
  done
  verb=${seen[0]} kind=${seen[1]}
  if [[ $word == -* ]]; then
    [[ $verb == p4 ]] || COMPREPLY=($(compgen -W "--address --tls --output --timeout --help" -- "$word"))
  elif [[ -z $verb ]]; then
    COMPREPLY=($(compgen -W "@VERBS@" -- "$word"))
  elif [[ $verb == completion ]]; then
    COMPREPLY=($(compgen -W "bash zsh fish" -- "$word"))
  elif [[ $verb == p4 ]]; then
    [[ -n $kind ]] || COMPREPLY=($(compgen -W "@P4VERBS@" -- "$word"))
  elif [[ $verb == key ]]; then
    [[ -n $kind ]] || COMPREPLY=($(compgen -W "dhchap tls" -- "$word"))
  elif [[ $verb == add ]]; then
    [[ -n $kind ]] || COMPREPLY=($(compgen -W "host" -- "$word"))
  elif [[ $verb == top || $verb == connect || $verb == connect-all || $verb == discover ]]; then
    COMPREPLY=()
  elif [[ $verb == disconnect || $verb == reset ]]; then
    COMPREPLY=($(compgen -W "$(outrigger list remote -o name 2>/dev/null)" -- "$word"))
  elif [[ -z $kind ]]; then
    COMPREPLY=($(compgen -W "@KINDS@" -- "$word"))
  elif [[ $verb == create && $kind == disk ]]; then
    case ${#seen[@]} in
      2) COMPREPLY=($(compgen -W "$(outrigger list host -o name 2>/dev/null)" -- "$word")) ;;
      3) COMPREPLY=($(compgen -W "virtio-blk" -- "$word")) ;;
      *) COMPREPLY=($(compgen -W "$(outrigger list volume -o name 2>/dev/null)" -- "$word")) ;;
    esac
  elif [[ $verb == get || $verb == delete || $verb == stats || $verb == update ]]; then
    COMPREPLY=($(compgen -W "$(outrigger list "$kind" -o name 2>/dev/null)" -- "$word"))
  fi
}
complete -o default -F _outrigger outrigger
)SH";

constexpr std::string_view zsh = R"SH(#compdef outrigger
# zsh completion of outrigger: save it as _outrigger in a directory of $fpath
_outrigger() {
  local -a seen
  seen=(${(M)words[2,CURRENT-1]:#[^-]*})
  case ${#seen} in
    0) compadd @VERBS@ ;;
    1)
      case $seen[1] in
        completion) compadd bash zsh fish ;;
        add) compadd host ;;
        key) compadd dhchap tls ;;
        p4) compadd @P4VERBS@ ;;
        top | connect | connect-all | discover) ;;
        disconnect | reset) compadd ${(f)"$(outrigger list remote -o name 2>/dev/null)"} ;;
        *) compadd @KINDS@ ;;
      esac ;;
    *)
      if [[ $seen[1] == p4 ]]; then
        _files
      elif [[ $seen[1] == create && $seen[2] == disk ]]; then
        case ${#seen} in
          2) compadd ${(f)"$(outrigger list host -o name 2>/dev/null)"} ;;
          3) compadd virtio-blk ;;
          *) compadd ${(f)"$(outrigger list volume -o name 2>/dev/null)"} ;;
        esac
      else
        compadd ${(f)"$(outrigger list $seen[2] -o name 2>/dev/null)"}
      fi ;;
  esac
}
compdef _outrigger outrigger
)SH";

constexpr std::string_view fish = R"SH(# fish completion of outrigger: save it as
# ~/.config/fish/completions/outrigger.fish
function __outrigger_words
  commandline -opc | string match -v -- '-*'
end
function __outrigger_count
  test (count (__outrigger_words)) -eq $argv[1]
end
function __outrigger_names
  set -l words (__outrigger_words)
  if test "$words[2] $words[3]" = "create disk"
    switch (count $words)
      case 3
        outrigger list host -o name 2>/dev/null
      case 4
        echo virtio-blk
      case '*'
        outrigger list volume -o name 2>/dev/null
    end
  else
    outrigger list $words[3] -o name 2>/dev/null
  end
end
complete -c outrigger -f
complete -c outrigger -n '__outrigger_count 1' -a '@VERBS@'
complete -c outrigger -n '__outrigger_count 2; and test (__outrigger_words)[2] = completion' \
  -a 'bash zsh fish'
complete -c outrigger -n '__outrigger_count 2; and test (__outrigger_words)[2] = add' -a 'host'
complete -c outrigger -n '__outrigger_count 2; and test (__outrigger_words)[2] = key' -a 'dhchap tls'
complete -c outrigger -n '__outrigger_count 2; and test (__outrigger_words)[2] = p4' -a '@P4VERBS@'
function __outrigger_wants_file
  test (count (__outrigger_words)) -ge 3; and test (__outrigger_words)[2] = p4
end
complete -c outrigger -n __outrigger_wants_file -F
function __outrigger_wants_kind
  __outrigger_count 2
  and not contains (__outrigger_words)[2] completion add key p4 top connect connect-all disconnect discover reset
end
complete -c outrigger -n __outrigger_wants_kind -a '@KINDS@'
complete -c outrigger -n '__outrigger_count 2; and contains (__outrigger_words)[2] disconnect reset' \
  -a '(outrigger list remote -o name 2>/dev/null)'
complete -c outrigger -n 'test (count (__outrigger_words)) -ge 3; and not __outrigger_wants_file' \
  -a '(__outrigger_names)'
)SH";
// clang-format on

std::string fill(std::string_view script) {
  std::string text(script);
  for (const auto& [mark, words] : {std::pair<std::string_view, std::string>{"@VERBS@", std::string(verbs)},
                                    std::pair<std::string_view, std::string>{"@P4VERBS@", std::string(p4_verbs)},
                                    std::pair<std::string_view, std::string>{"@KINDS@", kind_words()}}) {
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
      text.replace(at, mark.size(), words);
    }
  }
  return text;
}

}  // namespace

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") {
    return fill(bash);
  }
  if (shell == "zsh") {
    return fill(zsh);
  }
  if (shell == "fish") {
    return fill(fish);
  }
  return fail(Code::InvalidArgument, "'{}': there is completion for bash, zsh and fish", shell);
}

}  // namespace outrigger::cli
