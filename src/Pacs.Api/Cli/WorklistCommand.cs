using System.CommandLine;
using Pacs.Dicom.Datasets;
using Pacs.Storage.Worklist;

namespace Pacs.Api.Cli;

/// <summary>worklist import FILE|DIR: takes in worklist items.</summary>
internal static class WorklistCommand
{
    private static readonly string[] Endings = [".wl", ".json", ".dcm"];

    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "A .wl or DICOM JSON file, or a folder of them." };
        var import = new Command("import", "Take in worklist items; those that are known by the same identifiers are changed.") { path };
        import.SetAction((parsed, cancellation) => ImportAsync(Path.GetFullPath(parsed.GetValue(path)!), cancellation));
        return new Command("worklist", "The modality worklist.") { import };
    }

    private static async Task<int> ImportAsync(string path, CancellationToken cancellation)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            Console.Error.WriteLine($"There is no file or folder {path}.");
            return 1;
        }
        return await StorageCommand.RunAsync(async (services, stopping) =>
        {
            var worklist = services.GetRequiredService<WorklistStore>();
            var (added, changed, failed) = (0, 0, 0);
            foreach (var file in Files(path))
            {
                try
                {
                    var items = await worklist.PutAsync(Read(file), stopping);
                    added += items.Count(i => i.IsNew);
                    changed += items.Count(i => !i.IsNew);
                }
                catch (Exception e) when (e is WorklistException or IOException or UnauthorizedAccessException)
                {
                    failed++;
                    Console.Error.WriteLine($"{file}: {e.Message}");
                }
            }
            Console.Error.WriteLine($"{added} items added, {changed} changed, {failed} files failed");
            return failed == 0 ? 0 : 1;
        }, cancellation);
    }

    private static IEnumerable<string> Files(string path) => File.Exists(path) ? [path]
        : Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(f => Endings.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);

    private static IReadOnlyList<DicomDataset> Read(string file) => new FileInfo(file).Length <= WorklistFile.MaxLength
        ? WorklistFile.Read(File.ReadAllBytes(file))
        : throw new WorklistException($"Longer than {WorklistFile.MaxLength >> 20} MiB.");
}
