-- What somebody does in Neovim, with the settings of `editors/neovim`: opens a job, breaks it, mends it, completes, renames,
-- formats; imports a component by its CID, and runs a job by its lens. What came of it is written to the file that IPVM_REPORT names, as JSON.
local report = {}

local function wait(what, holds)
  if not vim.wait(30000, holds, 20) then
    error('waited in vain for ' .. what)
  end
end

local function clients()
  return vim.lsp.get_clients and vim.lsp.get_clients() or vim.lsp.get_active_clients()
end

local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 30000)
  for _, answer in pairs(answers or {}) do
    if answer.error then
      error(answer.error.message)
    end
    return answer.result
  end
end

local function lines()
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

-- The line and the column, from 0, of a text, behind it.
local function behind(text)
  for i, line in ipairs(lines()) do
    local _, last = line:find(text, 1, true)
    if last then
      return i - 1, last
    end
  end
  error('there is no ' .. text)
end

local function put(line, from, to, text)
  vim.api.nvim_buf_set_text(0, line, from, line, to, { text })
end

local function messages()
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    table.insert(found, one.code .. ' ' .. one.message)
  end
  table.sort(found)
  return found
end

-- Imports the component of a job by its CID, and runs the job.
local function run_pinned()
  vim.cmd('edit ' .. vim.env.IPVM_FOLDER .. '/hello/hello.ipvm')
  wait('lenses', function()
    return #vim.lsp.codelens.get(0) > 0
  end)
  local line, column = behind('hello.wasm')
  local params = vim.lsp.util.make_range_params(0, 'utf-16')
  params.range = { start = { line = line, character = column }, ['end'] = { line = line, character = column } }
  params.context = { diagnostics = {} }
  for _, action in ipairs(ask('textDocument/codeAction', params)) do
    if action.title == 'Import by its CID' then
      vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16')
      ask('workspace/executeCommand', { command = action.command.command, arguments = action.command.arguments })
    end
  end
  report.pinned = table.concat(lines(), '\n')
  vim.cmd('write')

  line, column = behind('export job')
  vim.api.nvim_win_set_cursor(0, { line + 1, column })
  vim.ui.select = function(items, _, choose)
    choose(items[1])
  end
  vim.lsp.codelens.run()
  wait('the end of the job', function()
    report.ran = table.concat(lines(), '\n')
    return vim.bo.buftype == 'terminal' and report.ran:find('Process exited', 1, true) ~= nil
  end)
end

local function run()
  vim.cmd('edit ' .. vim.env.IPVM_FOLDER .. '/image/image.ipvm')
  report.filetype = vim.bo.filetype
  wait('the server', function()
    return #clients() == 1 and clients()[1].server_capabilities ~= nil
  end)

  local line, column = behind('filters.image.crop')
  put(line, column - 4, column, 'cropp')
  wait('a diagnostic', function()
    return #vim.diagnostic.get(0) > 0
  end)
  report.broken = messages()
  put(line, column - 4, column + 1, 'crop')
  wait('no diagnostic', function()
    return #vim.diagnostic.get(0) == 0
  end)

  line, column = behind('filters.image.crop')
  vim.api.nvim_win_set_cursor(0, { line + 1, column - 4 })
  local list = ask('textDocument/completion', vim.lsp.util.make_position_params(0, 'utf-16'))
  report.completed = vim.tbl_map(function(item)
    return item.label
  end, list.items or list)

  line, column = behind('let turned')
  vim.api.nvim_win_set_cursor(0, { line + 1, column - 2 })
  vim.lsp.buf.rename('rotated')
  wait('the new name', function()
    return table.concat(lines(), '\n'):find('grayscale(rotated)', 1, true) ~= nil
  end)

  line = behind('let part =')
  put(line, 0, 0, '      ')
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = 30000 })
  else
    vim.lsp.buf.formatting_sync(nil, 30000)
  end
  report.text = table.concat(lines(), '\n') .. '\n'
  report.left = messages()
  vim.cmd('write')
  run_pinned()
end

local ok, problem = pcall(run)
report.problem = not ok and tostring(problem) or nil
vim.fn.writefile({ vim.json and vim.json.encode(report) or vim.fn.json_encode(report) }, vim.env.IPVM_REPORT)
vim.cmd('qa!')
