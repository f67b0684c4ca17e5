namespace Pacs.Storage.Preprocessing;

/// <summary>An object cannot be changed as its rule asks for: it is not sent. The message tells a person what to change, without values of patients.</summary>
public sealed class PreprocessingException(string message) : Exception(message);
