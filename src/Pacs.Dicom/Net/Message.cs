using Pacs.Dicom.Messages;

namespace Pacs.Dicom.Net;

/// <summary>A message whose command has arrived; its data set, if it has one, is still to be read.</summary>
internal readonly record struct Message(PresentationContext Context, CommandSet Command);
