namespace Pacs.Dicom.Datasets;

/// <summary>Bytes that a <see cref="StreamedElement"/> is written from.</summary>
/// <param name="Length">How many there are.</param>
/// <param name="Open">Begins to read them, each time from the first.</param>
public sealed record StreamedValue(long Length, Func<Stream> Open);
