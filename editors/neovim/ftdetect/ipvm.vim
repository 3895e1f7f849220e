autocmd BufRead,BufNewFile *.ipvm setfiletype ipvm
