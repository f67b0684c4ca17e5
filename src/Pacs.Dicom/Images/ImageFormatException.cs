namespace Pacs.Dicom.Images;

/// <summary>An encoded image or video that cannot be read, or one beyond the limits. The message says what is wrong, never what is in it.</summary>
public sealed class ImageFormatException(string message) : DicomException(message);
