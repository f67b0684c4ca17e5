namespace Pacs.TestKit;

/// <summary>A folder that goes with its user.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pacs-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
