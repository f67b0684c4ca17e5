namespace Pacs.Dicom.Files;

/// <summary>
/// Finds where the data set of a Part 10 stream begins. Files without preamble or without file meta, common in the
/// field, are recognised: their transfer syntax is deduced from the first element.
/// </summary>
public sealed class Part10Parser
{
    /// <summary>Consumes preamble and file meta from the front of the bytes; false when more are needed, nothing consumed then.</summary>
    /// <param name="input">Everything from the start of the file that has come so far; advanced to the data set's first byte on success.</param>
    /// <param name="isFinal">No more bytes will come.</param>
    /// <param name="fileMeta">The file meta; UIDs empty when it had none.</param>
    /// <exception cref="Parsing.DicomFormatException">Not a DICOM file.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> input, bool isFinal, out FileMetaInformation? fileMeta) => throw new NotImplementedException();
}
