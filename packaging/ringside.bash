# SPDX-License-Identifier: MIT
# Completion of ringside: what there is comes from the command itself.
_ringside()
{
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        words="$(ringside --help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p') --help --version"
    elif [[ $word == -* ]]; then
        words=$(ringside "$command" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)
    elif [[ $word == ring=* ]]; then
        word=${word#ring=} words=$(ringside list rings 2>/dev/null | cut -d' ' -f1)
    else
        case $command in
            list) words='rings factors kernels plans counters' ;;
            plan | sweep) words=$(ringside list plans 2>/dev/null | cut -d' ' -f1) ;;
            cell | simulate) words=$(ringside list factors 2>/dev/null | awk '{ print $1 "=" }') && compopt -o nospace ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word"; compgen -f -- "$word")
}
complete -o filenames -F _ringside ringside
