# SPDX-License-Identifier: MIT
# Completion of ringside: what there is comes from the command itself.

# The levels of a factor that has a few words for them.
_ringside_levels()
{
    ringside list factors 2>/dev/null | awk -v factor="$1" '$1 == factor && $3 ~ /[|]/ { gsub(/[|]/, " ", $3); print $3 }'
}

_ringside()
{
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words='' factor=''
    COMPREPLY=()
    # bash takes the = of FACTOR=LEVEL for a word of its own.
    if [[ $word == = ]]; then
        factor=${COMP_WORDS[COMP_CWORD - 1]} word=
    elif ((COMP_CWORD > 2)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
        factor=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if ((COMP_CWORD == 1)); then
        words="$(ringside --help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p') --help --version"
    elif [[ -n $factor ]]; then
        words=$(_ringside_levels "$factor")
    elif [[ $word == -* ]]; then
        words=$(ringside "$command" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)
    else
        case $command in
            list) words='rings factors kernels plans counters' ;;
            graph) ((COMP_CWORD > 2)) || words='check run dot kinds keys' ;;
            plan | sweep | fleet) words=$(ringside list plans 2>/dev/null | cut -d' ' -f1) ;;
            cell | simulate | flame) words=$(ringside list factors 2>/dev/null | awk '{ print $1 "=" }') ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    elif [[ ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -F _ringside ringside
