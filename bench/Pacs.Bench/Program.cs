using Pacs.Bench.Commands;

return await BenchCommands.Root().Parse(args).InvokeAsync();
