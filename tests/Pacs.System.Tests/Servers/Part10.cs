using Pacs.Dicom.Files;

namespace Pacs.System.Tests.Servers;

internal static class Part10
{
    /// <summary>The bytes behind preamble and file meta.</summary>
    public static byte[] DatasetOf(byte[] file) => Split(file).Dataset;

    /// <exception cref="Dicom.Parsing.DicomFormatException">Not a DICOM file.</exception>
    public static (FileMetaInformation Meta, byte[] Dataset) Split(byte[] file)
    {
        ReadOnlySpan<byte> rest = file;
        Part10Parser.TryRead(ref rest, isFinal: true, out var meta);
        return (meta!, rest.ToArray());
    }
}
