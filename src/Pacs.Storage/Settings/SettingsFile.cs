using System.Text.Json;
using Pacs.Storage.Blobs;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Settings;

/// <summary>What was changed by REST, as this data folder remembers it: a copy of the database's, which cannot be asked before there are settings.</summary>
/// <param name="folder">The data folder.</param>
internal sealed class SettingsFile(string folder)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    private readonly string _path = Path.Combine(folder, "settings.json");

    /// <summary>Nothing when there is no such file.</summary>
    /// <exception cref="PacsStartupException">It cannot be read.</exception>
    public IReadOnlyDictionary<string, JsonElement> Read()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllBytes(_path)) ?? [];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Dictionary<string, JsonElement>();
        }
        catch (JsonException e)
        {
            throw new PacsStartupException($"{_path} cannot be read: {e.Message} Remove it: the database has what is in it.", e);
        }
    }

    /// <summary>Whole or not at all.</summary>
    public void Write(IReadOnlyDictionary<string, JsonElement> settings)
    {
        Folders.MakePrivate(folder);
        var next = $"{_path}.{Guid.NewGuid():N}";
        using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            JsonSerializer.Serialize(file, settings.OrderBy(s => s.Key, StringComparer.Ordinal).ToDictionary(), Json);
            file.Flush(flushToDisk: true);
        }
        File.Move(next, _path, overwrite: true);
    }
}
