using System.CommandLine;

namespace Pacs.Api.Cli;

/// <summary>The commands behind <c>./pacs</c>: without one, the server runs.</summary>
internal static class PacsCommands
{
    private static readonly string[] Names = ["import", "worklist", "reindex", "key", "serve", "--help", "-h", "-?", "--version"];

    public static Task<int> RunAsync(string[] args)
    {
        // Settings such as --Pacs:Dimse:Port=11113 are for the configuration, not for the command line's grammar.
        if (args.Length == 0 || !Names.Contains(args[0])) return ServeCommand.RunAsync(args, CancellationToken.None);
        if (args[0] == "serve") return ServeCommand.RunAsync(args[1..], CancellationToken.None);
        var root = new RootCommand("A mini-PACS: DIMSE, DICOMweb and REST on one archive.")
        {
            new Command("serve", "Run the server (the same as no command). Settings may follow: --Pacs:Dimse:Port=11113"),
            ImportCommand.Create(),
            WorklistCommand.Create(),
            ReindexCommand.Create(),
            KeyCommand.Create(),
        };
        return root.Parse(args).InvokeAsync();
    }
}
