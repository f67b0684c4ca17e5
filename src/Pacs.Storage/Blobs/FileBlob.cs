using Microsoft.Win32.SafeHandles;

namespace Pacs.Storage.Blobs;

internal sealed class FileBlob : IBlob
{
    private readonly SafeFileHandle _file;

    public FileBlob(string path)
    {
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Length = RandomAccess.GetLength(_file);
    }

    public long Length { get; }

    public int Read(long offset, Span<byte> buffer) => RandomAccess.Read(_file, buffer, offset);

    public void Dispose() => _file.Dispose();
}
