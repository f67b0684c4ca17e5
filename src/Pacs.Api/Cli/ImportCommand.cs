using System.CommandLine;
using Pacs.Storage.Hosting;
using Pacs.Storage.Ingest;

namespace Pacs.Api.Cli;

/// <summary>import DIR: takes in every DICOM file below a folder.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "A folder of DICOM files, or a DICOMDIR." };
        var command = new Command("import", "Take in a folder tree or what a DICOMDIR lists.") { folder };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(folder)!, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(string path, CancellationToken cancellation)
    {
        // A DICOMDIR lists files beside and below itself: the folder has them all, and those that it forgot.
        var folder = Path.TrimEndingDirectorySeparator(File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : Path.GetFullPath(path));
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine($"There is no folder {path}.");
            return 1;
        }
        return await StorageCommand.RunAsync(async (services, stopping) =>
        {
            var tree = new ImportTree(services.GetRequiredService<PacsOptions>());
            if (tree.OwnerOf(folder) is { } own)
            {
                Console.Error.WriteLine($"{own} is the archive's own: what is in there is in the archive. \"reindex\" has the index list it, should it not.");
                return 1;
            }
            using var progress = new ImportProgress(Console.Error, !Console.IsErrorRedirected);
            await new FolderImport(services.GetRequiredService<IngestService>(), tree, progress).RunAsync(folder, stopping);
            progress.Finish();
            return progress.Failed == 0 ? 0 : 1;
        }, cancellation);
    }
}
